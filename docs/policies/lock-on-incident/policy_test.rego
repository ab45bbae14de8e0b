# engine: v1
package spacelift_test

import data.spacelift

said(message, locked_by) := {"push": {"branch": "main", "tag": "", "message": message}, "stack": {"branch": "main", "locked_by": locked_by}}

test_it_begins if {
	spacelift.lock == "incident" with input as said("[incident] hold on", null)
	spacelift.ignore with input as said("[incident] hold on", null)
}

test_meanwhile_nothing_starts if spacelift.ignore with input as said("Change", "incident")

test_it_ends if {
	spacelift.unlock == "incident" with input as said("[incident over]", "incident")
	not spacelift.ignore with input as said("[incident over]", "incident")
}

test_other_locks_are_let_be if not spacelift.ignore with input as said("Change", "kim")

test_other_branches_do_not_lock if spacelift.lock == "" with input as {"push": {"branch": "x", "tag": "", "message": "[incident]"}, "stack": {"branch": "main", "locked_by": null}}
