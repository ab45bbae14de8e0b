# Tell of failures
# A run of the tracked branch that failed goes to every webhook labelled `failures`, with the log of its plan,
# and what the platform could not do goes to the inbox with the word Attention before it.
#
# type: NOTIFICATION
# engine: v1
package spacelift

failed if {
	input.run_updated.state == "FAILED"
	input.run_updated.run.type == "TRACKED"
}

text := sprintf("%s failed: %s", [input.run_updated.stack.name, input.run_updated.urls.run])

webhook contains {"endpoint_id": endpoint.id, "payload": {"text": text, "log": "spacelift::logs::planning"}} if {
	failed
	some endpoint in input.webhook_endpoints
	"failures" in endpoint.labels
}

inbox contains {"title": sprintf("%s failed", [input.run_updated.stack.name]), "body": object.get(input.run_updated, "note", ""), "severity": "WARNING"} if {
	failed
	is_string(input.run_updated.note)
}

inbox contains {"title": sprintf("Attention: %s", [input.internal_error.error]), "body": input.internal_error.message, "severity": input.internal_error.severity} if input.internal_error
