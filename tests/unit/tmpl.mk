# Tests of lb-template/tmpl/.
