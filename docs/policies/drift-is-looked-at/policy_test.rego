# engine: v1
package spacelift_test

import data.spacelift

mending(actions) := {"spacelift": {"run": {"drift_detection": true}}, "terraform": {"resource_changes": [{"address": "aws_vpc.a", "type": "aws_vpc", "change": {"actions": actions}}]}}

test_changes_are_mended if count(spacelift.warn) == 0 with input as mending(["update"])

test_deletions_are_shown if count(spacelift.warn) == 1 with input as mending(["delete"])

test_other_runs_are_let_be if count(spacelift.warn) == 0 with input as {"spacelift": {"run": {"drift_detection": false}}, "terraform": {"resource_changes": [{"address": "a", "change": {"actions": ["delete"]}}]}}
