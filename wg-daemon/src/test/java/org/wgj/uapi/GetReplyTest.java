// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelCounters;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.tunnel.udp.UdpCounters;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class GetReplyTest {
    private static String whole(StatusWithKeys status) {
        ByteBuffer out = ByteBuffer.allocate(1 << 20);
        assertTrue(new GetReply(status).write(out, Integer.MAX_VALUE));
        return text(out);
    }

    private static String text(ByteBuffer out) {
        return new String(out.array(), 0, out.position(), StandardCharsets.US_ASCII);
    }

    private static StatusWithKeys keyless(List<PeerStatus> peers) {
        return new StatusWithKeys(
                new TunnelStatus(
                        "wg0", null, 0, 0, peers, Map.of(), UdpCounters.ZERO, TunnelCounters.ZERO),
                null,
                Map.of());
    }

    private static StatusWithKeys withPeers(int peers, int allowedIps) {
        List<PeerStatus> list = new ArrayList<>();
        for (int i = 0; i < peers; i++) {
            List<IpPrefix> ranges = new ArrayList<>();
            for (int k = 0; k < allowedIps; k++) {
                ranges.add(IpPrefix.parse("10." + i + "." + k + ".0/24"));
            }
            list.add(
                    new PeerStatus(
                            PublicKey.fromHex("%064x".formatted(i)),
                            Endpoint.of(new InetSocketAddress("192.0.2.1", 1 + i)),
                            Instant.ofEpochSecond(i, i),
                            i,
                            -i,
                            i,
                            ranges));
        }
        PrivateKey key = PrivateKey.fromHex("a8".repeat(31) + "48");
        return new StatusWithKeys(
                new TunnelStatus(
                        "wg0",
                        key.publicKey(),
                        1,
                        1,
                        list,
                        Map.of(),
                        UdpCounters.ZERO,
                        TunnelCounters.ZERO),
                key,
                Map.of());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 100, 1000, 16_384})
    void aReplyInPiecesIsTheSame(int enough) {
        StatusWithKeys status = withPeers(20, 13);
        GetReply reply = new GetReply(status);
        StringBuilder text = new StringBuilder();
        boolean ended;
        do {
            ByteBuffer out = ByteBuffer.allocate(enough + 1024);
            ended = reply.write(out, enough);
            assertTrue(out.position() < enough + 1024);
            text.append(text(out));
        } while (!ended);
        assertEquals(whole(status), text.toString());
    }

    @Test
    void settingsThatAreOffAreLeftOut() {
        assertEquals("errno=0\n\n", whole(keyless(List.of())));
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1:51820, 192.0.2.1:51820",
        "[2001:DB8:0::1]:1, [2001:db8::1]:1",
        "[fe80::1%1]:51820, [fe80::1%lo]:51820",
        "[fe80::1%lo]:51820, [fe80::1%lo]:51820",
        "[fe80::1%2000000000]:7, [fe80::1%2000000000]:7",
    })
    void anEndpointIsWrittenAsItCanBeRead(String read, String written) {
        assertEquals(written, EndpointText.format(Endpoint.of(EndpointText.parse(read))));
    }

    @Test
    void aZoneIsANumberInAReply() {
        Endpoint endpoint = Endpoint.of(EndpointText.parse("[fe80::1%lo]:7"));
        PeerStatus peer =
                new PeerStatus(
                        PublicKey.fromHex("0".repeat(64)), endpoint, null, 0, 0, 0, List.of());
        String reply = whole(keyless(List.of(peer)));
        assertTrue(reply.contains("\nendpoint=[fe80::1%1]:7\n"), reply);
        assertEquals(endpoint, Endpoint.of(EndpointText.parseReply("[fe80::1%1]:7")));
        // Other implementations write names, which may be unknown here.
        assertEquals(
                Endpoint.of(EndpointText.parse("[fe80::1]:7")),
                Endpoint.of(EndpointText.parseReply("[fe80::1%nosuch]:7")));
    }

    @Test
    void theZoneOfADeletedInterfaceIsItsNumber() {
        Endpoint gone = new Endpoint(true, 0xfe80L << 48, 1, 7, 2_000_000_000, 0, 0, 0);
        assertEquals("[fe80::1%2000000000]:7", EndpointText.format(gone));
    }

    @Test
    void nothingIsWrittenAfterWiping() {
        StatusWithKeys status = withPeers(1, 1);
        GetReply reply = new GetReply(status);
        reply.wipe();
        assertTrue(status.privateKey().isWiped());
        assertThrows(IllegalStateException.class, () -> reply.write(ByteBuffer.allocate(1024), 1));
    }
}
