# Run what depends on a stack
# When a tracked run has finished, stacks labelled `depends-on:<id of this stack>` run,
# each once everything in the workflow that it depends on has finished.
#
# type: TRIGGER
# engine: v1
package spacelift

finished := {item.stack_id | some item in input.workflow; item.state == "FINISHED"} | {input.stack.id}

started := {item.stack_id | some item in input.workflow}

needs(stack) := {trim_prefix(label, "depends-on:") | some label in stack.labels; startswith(label, "depends-on:")}

trigger contains stack.id if {
	input.run.type == "TRACKED"
	input.run.state == "FINISHED"
	some stack in input.stacks
	input.stack.id in needs(stack)
	count((needs(stack) & started) - finished) == 0
}
