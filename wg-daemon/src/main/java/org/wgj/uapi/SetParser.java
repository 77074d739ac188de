// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.wgj.tun.linux.Errno.EINVAL;
import static org.wgj.tun.linux.Errno.EPROTO;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.text.Decimal;

/**
 * Reads the lines of one set request and applies nothing. A line is {@code key=value}, split at the
 * first {@code =}; nothing is trimmed. The keys of the device are valid before the first {@code
 * public_key}, the keys of a peer after it.
 *
 * <p>One for each request; owned by the session's thread.
 */
final class SetParser {
    private static final long MAX_UINT32 = 0xffff_ffffL;

    private int line = 1; // the line of set=1
    private boolean inPeer;

    /**
     * @param text a line without its line feed; not the empty line that ends the request
     * @throws UapiException EPROTO if there is no {@code =}, EINVAL if the key or the value is
     *     invalid
     */
    SetCommand parse(CharSequence text) throws UapiException {
        line++;
        if (text.length() > LineReader.MAX_LENGTH) {
            throw new UapiException(
                    line, null, -EINVAL, "line of more than " + LineReader.MAX_LENGTH + " bytes");
        }
        int equals = indexOfEquals(text);
        if (equals < 0) {
            throw new UapiException(line, null, -EPROTO, "no '='");
        }
        String key = text.subSequence(0, equals).toString();
        SetCommand command;
        try {
            command = command(key, text.subSequence(equals + 1, text.length()));
        } catch (IllegalArgumentException e) {
            throw new UapiException(
                    line, key, -EINVAL, e.getMessage()); // which never repeats the value
        }
        if (command == null) {
            throw new UapiException(
                    line,
                    null,
                    -EINVAL,
                    "not a key of the " + (inPeer ? "peer" : "device") + " section");
        }
        return command;
    }

    /** Returns whether the device section has ended. */
    boolean inPeer() {
        return inPeer;
    }

    /**
     * Returns the error for a line that the end of the connection cut off; it must not be read as a
     * shorter line.
     */
    UapiException cutOff() {
        return new UapiException(line + 1, null, -EPROTO, "cut off by the end of the connection");
    }

    private static int indexOfEquals(CharSequence text) {
        int i = 0;
        while (i < text.length() && text.charAt(i) != '=') {
            i++;
        }
        return i < text.length() ? i : -1;
    }

    /** Returns null for an unknown key. Secret values never become Strings. */
    private SetCommand command(String key, CharSequence value) {
        if (key.equals("public_key")) {
            PublicKey peer = PublicKey.fromHex(value.toString());
            inPeer = true;
            return new SetCommand.SelectPeer(peer);
        }
        if (!inPeer && key.equals("private_key")) {
            return new SetCommand.PrivateKey(privateKey(value));
        }
        if (inPeer && key.equals("preshared_key")) {
            return new SetCommand.Preshared(PresharedKey.fromHex(value));
        }
        return inPeer ? ofPeer(key, value.toString()) : ofDevice(key, value.toString());
    }

    private static SetCommand ofDevice(String key, String value) {
        return switch (key) {
            case "listen_port" -> new SetCommand.ListenPort((int) Decimal.parse(value, 0xffff));
            case "fwmark" -> new SetCommand.Fwmark((int) Decimal.parse(value, MAX_UINT32));
            case "replace_peers" -> only("true", value, new SetCommand.ReplacePeers());
            default -> null;
        };
    }

    private static SetCommand ofPeer(String key, String value) {
        return switch (key) {
            case "update_only" -> only("true", value, new SetCommand.UpdateOnly());
            case "remove" -> only("true", value, new SetCommand.Remove());
            case "endpoint" -> new SetCommand.Endpoint(EndpointText.parse(value));
            case "persistent_keepalive_interval" ->
                    new SetCommand.PersistentKeepalive((int) Decimal.parse(value, 0xffff));
            case "replace_allowed_ips" -> only("true", value, new SetCommand.ReplaceAllowedIps());
            case "allowed_ip" ->
                    value.startsWith("-")
                            ? new SetCommand.RemoveAllowedIp(range(value.substring(1)))
                            : new SetCommand.AddAllowedIp(range(value));
            case "protocol_version" -> only("1", value, new SetCommand.ProtocolVersion());
            default -> null;
        };
    }

    /** Returns null for all zeros, which it detects without a branch on a digit. */
    static org.wgj.crypto.PrivateKey privateKey(CharSequence hex) {
        PresharedKey raw = PresharedKey.fromHex(hex); // a private key is clamped and never zero
        boolean none = raw.isNone();
        raw.wipe();
        return none ? null : org.wgj.crypto.PrivateKey.fromHex(hex);
    }

    private static IpPrefix range(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("expected an IPv4 or IPv6 address with /length");
        }
        if (text.length() > slash + 2 && text.charAt(slash + 1) == '0') {
            throw new IllegalArgumentException("expected a length without leading zeros");
        }
        return IpPrefix.parseNetwork(text);
    }

    private static SetCommand only(String expected, String value, SetCommand command) {
        if (!value.equals(expected)) {
            throw new IllegalArgumentException("expected " + expected);
        }
        return command;
    }
}
