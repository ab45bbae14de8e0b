# engine: v1
package spacelift_test

import data.spacelift

task(command) := {"run": {"type": "TASK", "command": command}, "reviews": {"current": {"approvals": [], "rejections": []}}}

test_reading_begins if spacelift.approve with input as task("terraform state show aws_vpc.main")

test_changing_waits if not spacelift.approve with input as task("terraform state rm aws_vpc.main")

test_a_second_command_is_not_overlooked if {
	not spacelift.approve with input as task("terraform output; rm -rf /")
	not spacelift.approve with input as task("terraform show $(rm x)")
	not spacelift.approve with input as task("echo terraform show")
}
