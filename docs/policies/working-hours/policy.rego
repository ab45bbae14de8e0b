# Working hours
# Outside of Monday to Friday, 8 to 17 o'clock in Berlin, a tracked run waits for a person instead of deploying by itself.
#
# type: PLAN
# engine: v1
package spacelift

now := [input.spacelift.request.timestamp_ns, "Europe/Berlin"]

weekdays := {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"}

working if {
	time.weekday(now) in weekdays
	[hour, _, _] := time.clock(now)
	hour >= 8
	hour < 17
}

warn contains "this is outside working hours: somebody must confirm" if {
	input.spacelift.run.type == "TRACKED"
	not working
}
