package org.wgj.uapi;

import org.wgj.crypto.PresharedKey;
import org.wgj.protocol.Endpoint;

/** Writes the lines of a set request; {@link SetParser} reads them. */
final class SetText {
    private SetText() {}

    /** The line without its end. It may hold a key, and a String cannot be wiped. */
    static String line(SetCommand command) {
        return switch (command) {
            case SetCommand.PrivateKey(var key) ->
                    "private_key=" + (key == null ? PresharedKey.NONE.toHex() : key.toHex());
            case SetCommand.ListenPort(int port) -> "listen_port=" + port;
            case SetCommand.Fwmark(int mark) -> "fwmark=" + Integer.toUnsignedString(mark);
            case SetCommand.ReplacePeers() -> "replace_peers=true";
            case SetCommand.SelectPeer(var key) -> "public_key=" + key.toHex();
            case SetCommand.UpdateOnly() -> "update_only=true";
            case SetCommand.Remove() -> "remove=true";
            case SetCommand.Preshared(var key) -> "preshared_key=" + key.toHex();
            case SetCommand.Endpoint(var address) ->
                    "endpoint=" + EndpointText.format(Endpoint.of(address));
            case SetCommand.PersistentKeepalive(int seconds) ->
                    "persistent_keepalive_interval=" + seconds;
            case SetCommand.ReplaceAllowedIps() -> "replace_allowed_ips=true";
            case SetCommand.AddAllowedIp(var range) -> "allowed_ip=" + range;
            case SetCommand.RemoveAllowedIp(var range) -> "allowed_ip=-" + range;
            case SetCommand.ProtocolVersion() -> "protocol_version=1";
        };
    }
}
