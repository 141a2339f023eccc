from django.db import migrations, models


def give_back(apps, schema_editor):
    """Nobody works while the store is brought up to date: what a worker held is no longer held."""
    rows = apps.get_model("pipeline", "Publication").objects.exclude(lease_until=None)
    rows.filter(state__in=["claimed", "prepared"]).update(state="scheduled", lease_until=None, worker="")
    rows.filter(state="committing").update(
        state="uncertain", lease_until=None, worker="", doubt_since=models.F("committed_at")
    )
    rows.update(lease_until=None, worker="")


class Migration(migrations.Migration):

    dependencies = [
        ('pipeline', '0002_two_people'),
    ]

    operations = [
        migrations.AddField(
            model_name='beat',
            name='details',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='channel',
            name='expires_at',
            field=models.DateTimeField(blank=True, help_text='when the credentials end; null: not known', null=True),
        ),
        migrations.AddField(
            model_name='channel',
            name='paused_until',
            field=models.DateTimeField(blank=True, help_text='the platform asked for a pause until then', null=True),
        ),
        migrations.AddField(
            model_name='channel',
            name='posts_per_day',
            field=models.PositiveIntegerField(blank=True, help_text="our own cap; null: the network's", null=True),
        ),
        migrations.AddField(
            model_name='channel',
            name='tokens',
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='channel',
            name='tokens_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='hold',
            name='why',
            field=models.JSONField(blank=True, help_text='one sentence, where the machine stopped itself', null=True),
        ),
        migrations.AddField(
            model_name='publication',
            name='looks',
            field=models.PositiveSmallIntegerField(default=0, help_text='look-ups of one doubt'),
        ),
        migrations.AddField(
            model_name='publication',
            name='restored_at',
            field=models.DateTimeField(blank=True, help_text='due before this restore from a backup: what the store knows proves no absence', null=True),
        ),
        migrations.AlterField(
            model_name='publication',
            name='attempts',
            field=models.PositiveSmallIntegerField(default=0, help_text='tries to send since the last success or word'),
        ),
        migrations.AddIndex(
            model_name='publication',
            index=models.Index(condition=models.Q(('state', 'published')), fields=['next_try_at'], name='publication_to_verify'),
        ),
        migrations.RunPython(give_back, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='publication',
            constraint=models.UniqueConstraint(condition=models.Q(('lease_until__isnull', False)), fields=('channel',), name='one_worker_per_account'),
        ),
    ]
