// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import org.wgj.crypto.PresharedKey;
import org.wgj.json.JsonWriter;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tun.TunOffload;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.uapi.EndpointText;

import java.util.Locale;

/**
 * Formats an interface as JSON, which {@code wgj show --help} describes. Settings without a value
 * are null.
 */
public final class ShowJson {
    private ShowJson() {}

    /**
     * @param dataPathOrNull null if the interface does not report it
     * @param keys whether private and preshared keys are shown
     */
    public static void write(
            JsonWriter json, StatusWithKeys withKeys, DataPathInfo dataPathOrNull, boolean keys) {
        TunnelStatus status = withKeys.status();
        boolean keyless = status.publicKey() == null;
        json.begin('{').name("interface").string(status.name());
        json.name("publicKey").string(keyless ? null : status.publicKey().toBase64());
        json.name("privateKey")
                .string(keyless ? null : keys ? withKeys.privateKey().toBase64() : "(hidden)");
        numberOrNull(json.name("listenPort"), status.listenPort());
        numberOrNull(json.name("fwmark"), Integer.toUnsignedLong(status.fwmark()));
        json.name("peers").begin('[');
        status.peers()
                .forEach(peer -> peer(json, peer, withKeys.presharedKey(peer.publicKey()), keys));
        json.end().name("engine");
        if (dataPathOrNull == null) {
            json.nothing();
        } else {
            dataPath(json, dataPathOrNull);
        }
        json.end();
    }

    private static void peer(
            JsonWriter json, PeerStatus peer, PresharedKey presharedKey, boolean keys) {
        boolean open = presharedKey.isNone();
        json.begin('{').name("publicKey").string(peer.publicKey().toBase64());
        json.name("presharedKey").string(open ? null : keys ? presharedKey.toBase64() : "(hidden)");
        json.name("endpoint")
                .string(peer.endpoint() == null ? null : EndpointText.format(peer.endpoint()));
        json.name("allowedIps").begin('[');
        for (IpPrefix range : peer.allowedIps()) {
            json.string(range.toString());
        }
        json.end();
        json.name("latestHandshake")
                .string(peer.lastHandshake() == null ? null : peer.lastHandshake().toString());
        json.name("receivedBytes").unsigned(peer.receivedBytes());
        json.name("sentBytes").unsigned(peer.sentBytes());
        numberOrNull(json.name("persistentKeepalive"), peer.persistentKeepaliveSeconds());
        json.end();
    }

    private static void dataPath(JsonWriter json, DataPathInfo dataPath) {
        json.begin('{').name("aead").string(dataPath.aead());
        json.name("workers").number(dataPath.workers());
        json.name("tunOffloads").begin('[');
        for (TunOffload offload : dataPath.tunOffloads()) {
            json.string(offload.name().toLowerCase(Locale.ROOT));
        }
        json.end().name("udpSegmentation").bool(dataPath.udpSegmentation());
        json.name("udpCoalescing").bool(dataPath.udpCoalescing());
        json.name("drops").begin('{');
        dataPath.drops()
                .forEach(
                        (reason, count) ->
                                json.name(reason.name().toLowerCase(Locale.ROOT)).unsigned(count));
        json.end().end();
    }

    private static void numberOrNull(JsonWriter json, long value) {
        if (value == 0) {
            json.nothing();
        } else {
            json.number(value);
        }
    }
}
