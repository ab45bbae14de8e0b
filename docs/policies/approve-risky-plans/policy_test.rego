# engine: v1
package spacelift_test

import data.spacelift

flagged(approvals) := {"run": {"flags": ["needs-approval"], "creator_session": {"login": "ann"}}, "reviews": {"current": {"approvals": approvals, "rejections": []}}}

test_plain_runs_pass if spacelift.approve with input as {"run": {"flags": [], "creator_session": null}, "reviews": {"current": {"approvals": [], "rejections": []}}}

test_flagged_runs_wait if not spacelift.approve with input as flagged([{"author": "ann"}])

test_somebody_else_approves if spacelift.approve with input as flagged([{"author": "bob"}])
