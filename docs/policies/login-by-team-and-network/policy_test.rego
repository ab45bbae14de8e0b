# engine: v1
package spacelift_test

import data.spacelift

who(changes, ip) := {"request": {"remote_ip": ip}, "session": object.union({"member": true, "machine": false, "teams": []}, changes), "spaces": [{"id": "pay", "labels": ["team:payments"]}]}

test_from_the_office if {
	spacelift.allow with input as who({}, "10.20.1.1")
	not spacelift.admin with input as who({}, "10.20.1.1")
}

test_from_elsewhere if spacelift.deny with input as who({"teams": ["platform"]}, "192.0.2.1")

test_from_nowhere if spacelift.deny with input as who({}, "")

test_platform_administers if spacelift.admin with input as who({"teams": ["platform"]}, "10.20.1.1")

test_machines if {
	spacelift.allow with input as who({"machine": true, "member": false, "teams": ["platform"]}, "192.0.2.1")
	not spacelift.admin with input as who({"machine": true, "teams": ["platform"]}, "10.20.1.1")
}

test_teams_write_their_spaces if spacelift.roles.pay == {"space-reader", "space-writer"} with input as who({"teams": ["payments"]}, "10.20.1.1")
