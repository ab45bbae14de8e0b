import type { PolicyType } from '../../ports/policy-engine.ts';

/** A policy to begin with. */
export interface PolicyTemplate {
  readonly id: string;
  readonly name: string;
  readonly type: PolicyType;
  readonly description: string;
  readonly labels: readonly string[];
  /** In version 1 of the language. */
  readonly body: string;
}

const template = (id: string, name: string, type: PolicyType, description: string, labels: readonly string[], rego: string): PolicyTemplate => ({ id, name, type, description, labels, body: `package spacelift\n\n${rego}` });

export const POLICY_TEMPLATES: readonly PolicyTemplate[] = [
  template('two-approvals', 'Two approvals', 'APPROVAL', 'Tracked runs wait for two people other than the one who started them; one rejection ends the run.', ['review'], `starter := object.get(object.get(input.run, "creator_session", null), "login", "") if is_object(input.run.creator_session)

starter := "" if not is_object(input.run.creator_session)

others := {review.author | some review in input.reviews.current.approvals; review.author != starter}

approve if input.run.type != "TRACKED"

approve if input.run.state == "QUEUED"

approve if count(others) >= 2

reject_with_note contains sprintf("%s rejected the run", [review.author]) if some review in input.reviews.current.rejections
`),
  template('keep-data-stores', 'Keep data stores', 'PLAN', 'A plan that would destroy a database, a bucket or a volume fails.', ['data'], `kept := {"aws_db_instance", "aws_rds_cluster", "aws_dynamodb_table", "aws_s3_bucket", "aws_ebs_volume", "azurerm_mssql_database", "google_sql_database_instance"}

deny contains sprintf("%s holds data and would be destroyed", [resource.address]) if {
	some resource in deleted_resources
	resource.type in kept
}
`),
  template('required-tags', 'Required tags', 'PLAN', 'Resources that take tags carry an owner and an environment.', ['tags'], `required := {"owner", "environment"}

warn contains sprintf("%s lacks the tags %s", [resource.address, concat(", ", missing)]) if {
	some resource in affected_resources
	is_object(resource.change.after.tags)
	missing := required - object.keys(resource.change.after.tags)
	count(missing) > 0
}
`),
  template('large-change', 'Large changes need a person', 'PLAN', 'A plan that touches more than twenty resources waits for confirmation in spite of autodeploy.', ['blast-radius'], `warn contains sprintf("%d resources are affected", [n]) if {
	n := count(affected_resources)
	n > 20
}
`),
  template('paths-of-the-stack', 'Only paths of the stack', 'GIT_PUSH', 'Changes below the project root count: its own branch deploys, others are previewed.', ['git'], `root := sprintf("%s/", [trim(input.stack.project_root, "/")]) if input.stack.project_root != ""

root := "" if input.stack.project_root == ""

affected if {
	some path in input.push.affected_files
	startswith(path, root)
}

track if {
	affected
	input.push.branch == input.stack.branch
}

propose if affected

ignore if input.push.tag != ""
`),
  template('skip-by-message', 'Skip by commit message', 'GIT_PUSH', 'A commit whose message says so makes no run.', ['git'], `ignore if {
	some mark in ["[skip ci]", "[ci skip]"]
	contains(input.push.message, mark)
}

track if input.push.branch == input.stack.branch

propose if input.push.branch != ""
`),
  template('by-team', 'Sign in by team', 'LOGIN', 'Members of the platform team administer; everybody else reads.', ['access'], `allow if input.session.member

admin if "platform" in input.session.teams

roles[space.id] contains "space-reader" if some space in input.spaces
`),
  template('after-labels', 'Run what comes after', 'TRIGGER', 'When a stack finishes, those labelled `after:<its id>` run.', ['workflow'], `trigger contains stack.id if {
	input.run.state == "FINISHED"
	input.run.type == "TRACKED"
	some stack in input.stacks
	sprintf("after:%s", [input.stack.id]) in stack.labels
}
`),
  template('tell-failures', 'Tell of failures', 'NOTIFICATION', 'Every tracked run that fails is in the inbox of the administrators.', ['inbox'], `inbox contains {"title": sprintf("%s failed", [input.run_updated.stack.name]), "body": sprintf("Run %s of %s failed", [input.run_updated.run.id, input.run_updated.stack.name]), "severity": "ERROR"} if {
	input.run_updated.state == "FAILED"
	input.run_updated.run.type == "TRACKED"
}
`),
  template('no-state-surgery', 'No state surgery', 'TASK', 'Commands that change the state by hand are for administrators.', ['tasks'], `deny contains "the state is changed by administrators only" if {
	startswith(request.command, "terraform state")
	not session.admin
}
`),
];
