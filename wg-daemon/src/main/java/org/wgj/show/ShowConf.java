// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import org.wgj.crypto.PresharedKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.uapi.EndpointText;

import java.util.stream.Collectors;

/** Formats an interface as a configuration file, like {@code wg showconf}, with its keys. */
public final class ShowConf {
    private ShowConf() {}

    /** Returns lines, each with its line feed. */
    public static String of(StatusWithKeys withKeys) {
        TunnelStatus status = withKeys.status();
        StringBuilder out = new StringBuilder("[Interface]\n");
        if (status.listenPort() != 0) {
            line(out, "ListenPort", Integer.toString(status.listenPort()));
        }
        if (status.fwmark() != 0) {
            line(out, "FwMark", "0x" + Integer.toHexString(status.fwmark()));
        }
        if (withKeys.privateKey() != null) {
            line(out, "PrivateKey", withKeys.privateKey().toBase64());
        }
        out.append('\n');
        String peers =
                status.peers().stream()
                        .map(peer -> peer(peer, withKeys.presharedKey(peer.publicKey())))
                        .collect(Collectors.joining("\n"));
        return out.append(peers).toString();
    }

    private static String peer(PeerStatus peer, PresharedKey presharedKey) {
        StringBuilder out = new StringBuilder("[Peer]\n");
        line(out, "PublicKey", peer.publicKey().toBase64());
        if (!presharedKey.isNone()) {
            line(out, "PresharedKey", presharedKey.toBase64());
        }
        if (!peer.allowedIps().isEmpty()) {
            String ranges =
                    peer.allowedIps().stream()
                            .map(IpPrefix::toString)
                            .collect(Collectors.joining(", "));
            line(out, "AllowedIPs", ranges);
        }
        if (peer.endpoint() != null) {
            line(out, "Endpoint", EndpointText.format(peer.endpoint()));
        }
        if (peer.persistentKeepaliveSeconds() != 0) {
            line(out, "PersistentKeepalive", Integer.toString(peer.persistentKeepaliveSeconds()));
        }
        return out.toString();
    }

    private static void line(StringBuilder out, String key, String value) {
        out.append(key).append(" = ").append(value).append('\n');
    }
}
