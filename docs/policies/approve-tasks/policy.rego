# Approval of tasks that change something
# Tasks begin by themselves when they only read; all others wait for somebody to approve them.
#
# type: APPROVAL
# engine: v1
package spacelift

reading := {"output", "show", "state list", "state show", "version", "providers"}

reads if {
	some command in reading
	regex.match(`^(terraform|tofu) `, input.run.command)
	rest := regex.replace(input.run.command, `^(terraform|tofu) +`, "")
	regex.match(sprintf(`^%s( [A-Za-z0-9_.\[\]"=-]+)*$`, [command]), rest)
}

approve if input.run.type != "TASK"

approve if reads

approve if count(input.reviews.current.approvals) > 0

reject if count(input.reviews.current.rejections) > 0
