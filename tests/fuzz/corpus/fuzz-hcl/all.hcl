# A file with everything.
consul {
  address = "127.0.0.1:8500" // here
  retry { enabled = true, attempts = 12 }
}
template "labelled" {
  contents = <<-EOT
    {{ key "a" }}
      b
    EOT
  perms = 0644
  wait = { min = "2s", max = "1.5m" }
  command = ["a", "b\t\x41\u00e9\ud83d\ude00",]
}
/* more */
x = <<EOF
${a}
EOF
y = "${f("x")} -1" z = -1.5e3
