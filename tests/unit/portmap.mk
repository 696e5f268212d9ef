# Tests of portmap/.
