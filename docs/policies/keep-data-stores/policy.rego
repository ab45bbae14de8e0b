# No deletion of data stores
# A plan that would destroy a database, a bucket or a volume fails, replacements included,
# unless the stack is labelled `may-delete-data`.
#
# type: PLAN
# engine: v1
package spacelift

stores := {
	"aws_db_instance", "aws_rds_cluster", "aws_dynamodb_table", "aws_s3_bucket", "aws_ebs_volume", "aws_efs_file_system",
	"azurerm_mssql_database", "azurerm_storage_account", "google_sql_database_instance", "google_storage_bucket",
}

deny contains sprintf("%s holds data and would be destroyed", [resource.address]) if {
	not "may-delete-data" in input.spacelift.stack.labels
	some resource in deleted_resources
	resource.type in stores
}
