package pdp_test
