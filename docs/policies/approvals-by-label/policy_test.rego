# engine: v1
package spacelift_test

import data.spacelift

waiting(approvals) := {"run": {"type": "TRACKED", "state": "UNCONFIRMED"}, "stack": {"labels": ["approvers:dba", "approvers:sec", "x"]}, "reviews": {"current": {"approvals": approvals, "rejections": []}}}

test_each_team_agrees if spacelift.approve with input as waiting([{"session": {"teams": ["dba"]}}, {"session": {"teams": ["sec"]}}])

test_one_team_is_not_enough if not spacelift.approve with input as waiting([{"session": {"teams": ["dba", "web"]}}])

test_others_cannot_reject if not spacelift.reject with input as {"run": {}, "stack": {"labels": ["approvers:dba"]}, "reviews": {"current": {"approvals": [], "rejections": [{"session": {"teams": ["web"]}}]}}}
