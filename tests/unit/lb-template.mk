# Tests of lb-template/.
