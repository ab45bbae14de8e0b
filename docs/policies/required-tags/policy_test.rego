# engine: v1
package spacelift_test

import data.spacelift

plan(after) := {"terraform": {"resource_changes": [{"address": "aws_vpc.main", "type": "aws_vpc", "change": {"actions": ["create"], "after": after}}]}}

test_both_tags_pass if count(spacelift.deny) == 0 with input as plan({"tags": {"owner": "x", "environment": "y"}})

test_inherited_tags_count if count(spacelift.deny) == 0 with input as plan({"tags": {}, "tags_all": {"owner": "x", "environment": "y"}})

test_none_at_all_is_denied if spacelift.deny == {"aws_vpc.main lacks the tags environment, owner"} with input as plan({"tags": null})

test_what_has_no_tags_passes if count(spacelift.deny) == 0 with input as plan({"name": "x"})
