# engine: v1
package spacelift_test

import data.spacelift

machine(type, labels) := {"spacelift": {"stack": {"labels": labels}}, "terraform": {"resource_changes": [{"address": "aws_instance.a", "type": "aws_instance", "change": {"actions": ["create"], "after": {"instance_type": type}}}]}}

test_small_ones_pass if count(spacelift.deny) == 0 with input as machine("t3.small", [])

test_large_ones_do_not if count(spacelift.deny) == 1 with input as machine("p5.48xlarge", [])

test_production_may if count(spacelift.deny) == 0 with input as machine("m7g.4xlarge", ["production"])
