# Allowed instance types
# Only small machines outside of stacks labelled `production`.
# It reads types of machines, so the stack needs unsanitized plans or smart sanitization.
#
# type: PLAN
# engine: v1
package spacelift

allowed := {"t4g.micro", "t4g.small", "t4g.medium", "t3.micro", "t3.small", "t3.medium"}

deny contains sprintf("%s would be a %s; outside production only %s are allowed", [resource.address, type, concat(", ", sort(allowed))]) if {
	not "production" in input.spacelift.stack.labels
	some resource in (created_resources | updated_resources)
	resource.type == "aws_instance"
	type := resource.change.after.instance_type
	not type in allowed
}
