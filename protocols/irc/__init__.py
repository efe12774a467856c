"""IRC networks: a relay and personal puppets in channels that belong to somebody else."""
