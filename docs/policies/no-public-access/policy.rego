# Nothing open to the whole internet
# Security groups let nobody in from everywhere but on the ports 80 and 443.
# It reads address ranges, so the stack needs unsanitized plans or smart sanitization.
#
# type: PLAN
# engine: v1
package spacelift

everywhere := {"0.0.0.0/0", "::/0"}

rules(resource) := resource.change.after.ingress if resource.type == "aws_security_group"

rules(resource) := [resource.change.after] if {
	resource.type == "aws_security_group_rule"
	resource.change.after.type == "ingress"
}

open_to_all(rule) if {
	some range in array.concat(object.get(rule, "cidr_blocks", []), object.get(rule, "ipv6_cidr_blocks", []))
	range in everywhere
}

is_web(rule) if {
	rule.from_port == rule.to_port
	rule.to_port in {80, 443}
}

deny contains sprintf("%s opens ports %v to %v to the whole internet", [resource.address, rule.from_port, rule.to_port]) if {
	some resource in (created_resources | updated_resources)
	some rule in rules(resource)
	open_to_all(rule)
	not is_web(rule)
}
