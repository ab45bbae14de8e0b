# engine: v1
package spacelift_test

import data.spacelift

said(message) := {"push": {"affected_files": ["main.tf"], "branch": "main", "tag": "", "message": message}, "stack": {"branch": "main", "project_root": ""}}

test_plain_commits_deploy if {
	spacelift.track with input as said("Add a net")
	not spacelift.ignore with input as said("Add a net")
}

test_the_mark_skips if {
	spacelift.ignore with input as said("Fix typo\n\n[Skip CI]")
	spacelift.ignore with input as said("[no-deploy] wip")
}

test_words_alone_do_not if not spacelift.ignore with input as said("explain skip ci")
