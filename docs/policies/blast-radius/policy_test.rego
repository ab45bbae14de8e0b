# engine: v1
package spacelift_test

import data.spacelift

plan(count_of, actions) := {"terraform": {"resource_changes": [{"address": sprintf("null_resource.r%d", [n]), "type": "null_resource", "change": {"actions": actions}} | some n in numbers.range(1, count_of)]}}

test_few_pass if count(spacelift.deny | spacelift.warn) == 0 with input as plan(20, ["update"])

test_many_are_shown if spacelift.warn == {"21 resources would change"} with input as plan(21, ["update"])

test_many_deletions_are_denied if spacelift.deny == {"6 resources would be destroyed, more than 5"} with input as plan(6, ["delete"])

test_replacements_are_no_deletions if count(spacelift.deny) == 0 with input as plan(6, ["delete", "create"])

test_a_deletion_is_flagged if "needs-approval" in spacelift.flag with input as plan(1, ["delete"])
