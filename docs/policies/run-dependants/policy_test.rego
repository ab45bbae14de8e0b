# engine: v1
package spacelift_test

import data.spacelift

done(state, workflow) := {"run": {"type": "TRACKED", "state": state}, "stack": {"id": "vpc"}, "stacks": [{"id": "app", "labels": ["depends-on:vpc", "depends-on:db"]}, {"id": "dns", "labels": ["depends-on:vpc"]}, {"id": "web", "labels": []}], "workflow": workflow}

test_dependants_run if spacelift.trigger == {"app", "dns"} with input as done("FINISHED", [{"stack_id": "vpc", "state": "FINISHED"}])

test_they_wait_for_all if spacelift.trigger == {"dns"} with input as done("FINISHED", [{"stack_id": "vpc", "state": "FINISHED"}, {"stack_id": "db", "state": "APPLYING"}])

test_failures_start_nothing if count(spacelift.trigger) == 0 with input as done("FAILED", [])
