// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.crypto.PresharedKey;
import org.wgj.protocol.Endpoint;
import org.wgj.tunnel.text.ByteText;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes the lines of a set request; {@link SetParser} reads them. */
final class SetText {
    private SetText() {}

    /**
     * Returns the line without its line feed. A line with a secret is a {@link ByteText}, which the
     * caller wipes.
     */
    static CharSequence line(SetCommand command) {
        return switch (command) {
            case SetCommand.PrivateKey(var key) ->
                    secret(
                            "private_key=",
                            (key == null ? PresharedKey.NONE.toHexBytes() : key.toHexBytes()));
            case SetCommand.ListenPort(int port) -> "listen_port=" + port;
            case SetCommand.Fwmark(int mark) -> "fwmark=" + Integer.toUnsignedString(mark);
            case SetCommand.ReplacePeers() -> "replace_peers=true";
            case SetCommand.SelectPeer(var key) -> "public_key=" + key.toHex();
            case SetCommand.UpdateOnly() -> "update_only=true";
            case SetCommand.Remove() -> "remove=true";
            case SetCommand.Preshared(var key) -> secret("preshared_key=", key.toHexBytes());
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

    /** Wipes the digits. */
    private static ByteText secret(String key, byte[] digits) {
        byte[] name = key.getBytes(StandardCharsets.US_ASCII);
        byte[] line = Arrays.copyOf(name, name.length + digits.length);
        System.arraycopy(digits, 0, line, name.length, digits.length);
        Arrays.fill(digits, (byte) 0);
        return new ByteText(line);
    }
}
