-- Prosody for tests: loopback only, no TLS, no limits. Works with 0.12 and 13.0.
run_as_root = ${ROOT}
pidfile = "${FOLDER}/prosody.pid"
data_path = "${FOLDER}/data"
certificates = "${FOLDER}/certs"

interfaces = { "127.0.0.1" }          -- every service listens on * and :: unless told
local_interfaces = { "127.0.0.1" }
c2s_ports = { ${C2S_PORT} }
c2s_direct_tls_ports = { }
s2s_ports = { }
s2s_direct_tls_ports = { }
component_ports = { ${COMPONENT_PORT} }
component_interfaces = { "127.0.0.1" }
http_ports = { ${HTTP_PORT} }
http_interfaces = { "127.0.0.1" }
https_ports = { }
http_default_host = "${DOMAIN}"
proxy65_ports = { }

c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"     -- accounts are plain files
component_permit_insecure = true
component_conflict_resolve = "kick_old"

storage = "internal"
archive_expires_after = "never"
storage_archive_item_limit = 1000000  -- 10,000 by default; a load would meet it

log = { { levels = { min = "info" }, to = "file", filename = "${FOLDER}/prosody.log" } }

-- mod_limits is not loaded, so nothing throttles a load.
modules_enabled = {
  "disco", "roster", "saslauth", "blocklist", "bookmarks", "carbons", "pep", "private", "smacks",
  "vcard4", "vcard_legacy", "mam", "ping", "time", "uptime", "version", "bosh", "websocket",
}
modules_disabled = { "s2s", "s2s_auth_certs", "tls" }
consider_websocket_secure = true
consider_bosh_secure = true

VirtualHost "${DOMAIN}"
  admins = { "admin@${DOMAIN}" }

Component "${MUC}" "muc"
  name = "Rooms"
  modules_enabled = { "muc_mam", "muc_moderation" }
  muc_log_by_default = true
  muc_log_expires_after = "never"
  muc_log_presences = false
  max_archive_query_results = 500
  restrict_room_creation = false
  muc_room_locking = false            -- no owner has to answer a form first
  muc_room_default_public = true
  muc_room_default_persistent = true
  muc_room_default_public_jids = false
  muc_room_default_history_length = 500
  max_history_messages = 500          -- what was said while the bridge was away comes with its join

Component "${COMPONENT}"
  component_secret = "${SECRET}"

Component "${SECOND_COMPONENT}"
  component_secret = "${SECRET}"
