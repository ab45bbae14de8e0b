# engine: v1
package spacelift_test

import data.spacelift

waiting(names) := {"run": {"type": "TRACKED", "state": "UNCONFIRMED", "creator_session": {"login": "ann"}}, "reviews": {"current": {"approvals": [{"author": name} | some name in names], "rejections": []}}}

test_two_others_approve if spacelift.approve with input as waiting(["bob", "eve"])

test_the_author_does_not_count if not spacelift.approve with input as waiting(["ann", "bob"])

test_a_run_of_nobody_needs_two_as_well if {
	run := {"type": "TRACKED", "state": "UNCONFIRMED", "creator_session": null}
	not spacelift.approve with input as {"run": run, "reviews": {"current": {"approvals": [{"author": "bob"}], "rejections": []}}}
}

test_a_rejection_is_named if spacelift.reject_with_note == {"bob rejected the run"} with input as {"run": {"type": "TRACKED", "state": "UNCONFIRMED", "creator_session": null}, "reviews": {"current": {"approvals": [], "rejections": [{"author": "bob"}]}}}
