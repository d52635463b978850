// hec_strictd
