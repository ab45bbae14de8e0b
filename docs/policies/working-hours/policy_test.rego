# engine: v1
package spacelift_test

import data.spacelift

at(text) := {"spacelift": {"run": {"type": "TRACKED"}, "request": {"timestamp_ns": time.parse_rfc3339_ns(text)}}}

test_monday_morning if count(spacelift.warn) == 0 with input as at("2026-01-12T09:00:00Z")

test_saturday if count(spacelift.warn) == 1 with input as at("2026-01-10T09:00:00Z")

test_the_hour_is_local if {
	count(spacelift.warn) == 1 with input as at("2026-07-13T15:30:00Z")
	count(spacelift.warn) == 0 with input as at("2026-01-12T15:30:00Z")
}
