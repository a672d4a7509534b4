select max(_version) as version from /* table */
