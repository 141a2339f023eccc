"""The two-person rule and the audit chain in the database itself, below every line of Python.

An approval by an author of the revision is refused whichever side changes: the approval's person or revision, or the
list of authors. Approvals, authors and audit entries, once written, are not changed.
"""

from django.db import migrations

MESSAGE = "an author of a revision may not approve it"

TRIGGERS = [
    # (name, event, condition that refuses, message)
    ("approval_insert", "BEFORE INSERT ON pipeline_approval",
     "EXISTS (SELECT 1 FROM pipeline_revisionauthor a WHERE a.revision_id = NEW.revision_id AND a.user_id = NEW.user_id)",
     MESSAGE),
    ("approval_update", "BEFORE UPDATE ON pipeline_approval", "1=1", "approvals are never changed"),
    ("approval_by_a_coordinator", "BEFORE INSERT ON pipeline_approval",
     "NOT EXISTS (SELECT 1 FROM pipeline_user u WHERE u.id = NEW.user_id AND u.role = 'coordinator')",
     "only a coordinator approves"),
    ("author_insert", "BEFORE INSERT ON pipeline_revisionauthor",
     "EXISTS (SELECT 1 FROM pipeline_approval a WHERE a.revision_id = NEW.revision_id AND a.user_id = NEW.user_id)",
     MESSAGE),
    ("author_update", "BEFORE UPDATE ON pipeline_revisionauthor",
     "EXISTS (SELECT 1 FROM pipeline_approval a WHERE a.revision_id = NEW.revision_id AND a.user_id = NEW.user_id)",
     MESSAGE),
    ("author_removed_under_approval", "BEFORE DELETE ON pipeline_revisionauthor",
     "EXISTS (SELECT 1 FROM pipeline_approval a WHERE a.revision_id = OLD.revision_id)",
     "the authors of an approved revision stay as they are"),
    ("author_moved_under_approval", "BEFORE UPDATE ON pipeline_revisionauthor",
     "EXISTS (SELECT 1 FROM pipeline_approval a WHERE a.revision_id = OLD.revision_id)",
     "the authors of an approved revision stay as they are"),
    ("approval_needs_authors", "BEFORE INSERT ON pipeline_approval",
     "NOT EXISTS (SELECT 1 FROM pipeline_revisionauthor a WHERE a.revision_id = NEW.revision_id)",
     "a revision without authors cannot be approved"),
    ("audit_update", "BEFORE UPDATE ON pipeline_auditentry", "1=1", "audit entries are never changed"),
    ("audit_delete", "BEFORE DELETE ON pipeline_auditentry", "1=1", "audit entries are never removed"),
]


def add(apps, schema_editor):
    for name, event, condition, message in TRIGGERS:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(
                f"CREATE TRIGGER {name} {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        else:
            row = "OLD" if "DELETE" in event else "NEW"
            schema_editor.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
                f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$"
            )
            schema_editor.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON pipeline_auditentry EXECUTE FUNCTION audit_delete()"
        )


def remove(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER audit_truncate ON pipeline_auditentry")
    for name, event, _condition, _message in TRIGGERS:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {name}")
        else:
            schema_editor.execute(f"DROP TRIGGER {name} ON {event.split(' ON ')[1]}")
            schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
