-- Put this at the end of /etc/prosody/prosody.cfg.lua (or in a file of its own in conf.d/),
-- then restart Prosody. Nothing else is needed for rooms on the same server.

Component "bridge.example.org"
    component_secret = "change-me-xmpp-secret"

-- Prosody listens for components on 127.0.0.1, port 5347. For another place, above all hosts:
-- component_ports = { 5347 }
-- component_interfaces = { "127.0.0.1" }
