# engine: v1
package spacelift_test

import data.spacelift

ended(state) := {"webhook_endpoints": [{"id": "chat", "labels": ["failures"]}, {"id": "other", "labels": []}], "run_updated": {"state": state, "note": "exit 1", "run": {"type": "TRACKED"}, "stack": {"name": "Net"}, "urls": {"run": "https://example.com/r"}}}

test_failures_are_told if {
	{notice.endpoint_id | some notice in spacelift.webhook} == {"chat"} with input as ended("FAILED")
	count(spacelift.inbox) == 1 with input as ended("FAILED")
}

test_successes_are_not if count(spacelift.webhook | spacelift.inbox) == 0 with input as ended("FINISHED")

test_errors_are_marked if spacelift.inbox == {{"title": "Attention: broken", "body": "so", "severity": "ERROR"}} with input as {"webhook_endpoints": [], "internal_error": {"error": "broken", "message": "so", "severity": "ERROR"}}
