SELECT max(_version) AS version FROM /* table */
