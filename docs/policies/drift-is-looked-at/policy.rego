# Drift that deletes is looked at
# A run that mends drift applies by itself unless it would delete something.
#
# type: PLAN
# engine: v1
package spacelift

warn contains sprintf("mending the drift would delete %s", [resource.address]) if {
	input.spacelift.run.drift_detection
	some resource in deleted_resources
}
