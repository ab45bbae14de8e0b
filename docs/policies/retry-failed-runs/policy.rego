# Retry failed runs once
# A tracked run that failed while it applied is tried once more; the flag `retried` keeps it at that.
#
# type: TRIGGER
# engine: v1
package spacelift

failed_applying if {
	some step in input.run.states_history
	step.new_state == "APPLYING"
}

trigger contains input.stack.id if {
	input.run.type == "TRACKED"
	input.run.state == "FAILED"
	failed_applying
	not "retried" in input.run.flags
	"retry" in input.stack.labels
}

flag contains "retried" if count(trigger) > 0
