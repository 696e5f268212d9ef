# Tests of registrator/.
