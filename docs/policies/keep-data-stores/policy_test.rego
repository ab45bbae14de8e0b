# engine: v1
package spacelift_test

import data.spacelift

plan(actions, labels) := {"spacelift": {"stack": {"labels": labels}}, "terraform": {"resource_changes": [{"address": "aws_db_instance.main", "type": "aws_db_instance", "change": {"actions": actions}}]}}

test_deletion_is_denied if spacelift.deny == {"aws_db_instance.main holds data and would be destroyed"} with input as plan(["delete"], [])

test_replacement_is_denied if count(spacelift.deny) == 1 with input as plan(["create", "delete"], [])

test_changes_pass if count(spacelift.deny) == 0 with input as plan(["update"], [])

test_the_label_allows_it if count(spacelift.deny) == 0 with input as plan(["delete"], ["may-delete-data"])
