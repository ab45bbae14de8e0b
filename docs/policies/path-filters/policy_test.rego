# engine: v1
package spacelift_test

import data.spacelift

pushed(file) := {"pull_request": null, "push": {"affected_files": [file], "branch": "main", "tag": ""}, "stack": {"branch": "main", "project_root": "infra/app", "labels": ["path:modules/**"]}}

test_its_own_root if spacelift.track with input as pushed("infra/app/main.tf")

test_paths_of_labels if spacelift.track with input as pushed("modules/vpc/main.tf")

test_a_name_that_begins_alike_is_another if spacelift.ignore with input as pushed("infra/app2/main.tf")

test_documentation_starts_nothing if {
	spacelift.ignore with input as pushed("infra/app/README.md")
	not spacelift.track with input as pushed("infra/app/README.md")
}

test_previews_of_pull_requests if spacelift.propose with input as {"pull_request": {"diff": ["infra/app/a.tf"]}, "push": {"affected_files": [], "branch": "x", "tag": ""}, "stack": {"branch": "main", "project_root": "infra/app", "labels": []}}
