# engine: v1
package spacelift_test

import data.spacelift

failed(flags) := {"run": {"type": "TRACKED", "state": "FAILED", "flags": flags, "states_history": [{"new_state": "APPLYING"}, {"new_state": "FAILED"}]}, "stack": {"id": "net", "labels": ["retry"]}}

test_once if {
	spacelift.trigger == {"net"} with input as failed([])
	spacelift.flag == {"retried"} with input as failed([])
}

test_not_twice if count(spacelift.trigger) == 0 with input as failed(["retried"])

test_not_when_planning_failed if count(spacelift.trigger) == 0 with input as {"run": {"type": "TRACKED", "state": "FAILED", "flags": [], "states_history": [{"new_state": "PLANNING"}]}, "stack": {"id": "net", "labels": ["retry"]}}
