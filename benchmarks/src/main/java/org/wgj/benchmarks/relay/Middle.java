// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.relay;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.relay.RelayFilter;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.mesh.relay.RelayMember;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PacketBatch;
import org.wgj.tun.MemoryTun;
import org.wgj.tunnel.DatagramFilter;
import org.wgj.tunnel.DatagramOutlet;
import org.wgj.tunnel.Tunnel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;

/**
 * The program in the middle: the relay, or a forwarder that sends all that comes from one address
 * to the other and looks at nothing else. Both use the same sockets in the same way.
 *
 * <p>Arguments: the warm-up and the measured time in seconds, its private key, both public keys,
 * and for the plain forwarder the addresses of both ends.
 */
final class Middle {
    static final int PORT = 51_820;

    private Middle() {}

    public static void main(String[] words) throws IOException {
        Window window = new Window(Integer.parseInt(words[0]), Integer.parseInt(words[1]));
        PrivateKey key = PrivateKey.fromBase64(words[2]);
        List<PublicKey> ends =
                List.of(PublicKey.fromBase64(words[3]), PublicKey.fromBase64(words[4]));
        Tunnel.Builder builder =
                Tunnel.builder(new MemoryTun("middle", 1420)).privateKey(key).listenPort(PORT);
        for (int i = 0; i < 2; i++) {
            IpPrefix address = End.inner(i);
            builder.peer(ends.get(i), peer -> peer.allowedIp(address));
        }
        if (words.length > 5) {
            builder.filter(counting(window, new Plain(endpoint(words[5]), endpoint(words[6]))));
        } else {
            RelayFilter relay = new RelayFilter(RelayLimits.DEFAULT, new SecureRandom());
            relay.submit(
                    r -> {
                        r.setOwnKeys(List.of(key.publicKey()));
                        r.setMembers(
                                List.of(
                                        new RelayMember(1, "wg0", ends.get(0)),
                                        new RelayMember(2, "wg0", ends.get(1))));
                        return null;
                    });
            builder.filter(counting(window, relay))
                    .listener(relay)
                    .reservedIndices(relay::isRelayed);
        }
        Tunnel tunnel = builder.start();
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // its end is the end
        }
        tunnel.close();
        System.exit(0);
    }

    private static Endpoint endpoint(String address) throws IOException {
        return Endpoint.of(new InetSocketAddress(address, End.PORT));
    }

    /** Counts the datagrams of the load, which alone are as long. */
    private static DatagramFilter counting(Window window, DatagramFilter filter) {
        return new DatagramFilter() {
            @Override
            public void attached(DatagramOutlet outlet) {
                filter.attached(outlet);
            }

            @Override
            public void filter(PacketBatch datagrams) {
                if (datagrams.lengths()[0] == End.LENGTH) {
                    window.add(datagrams.count());
                }
                filter.filter(datagrams);
            }
        };
    }

    /** Sends what comes from one end to the other, within the batch. */
    private static final class Plain implements DatagramFilter {
        private final Endpoint one;
        private final Endpoint other;
        private DatagramOutlet outlet;

        Plain(Endpoint one, Endpoint other) {
            this.one = one;
            this.other = other;
        }

        @Override
        public void attached(DatagramOutlet attached) {
            outlet = attached;
        }

        @Override
        public void filter(PacketBatch datagrams) {
            boolean fromOne = datagrams.endpoints()[0].sameRemote(one);
            Arrays.fill(datagrams.endpoints(), 0, datagrams.count(), fromOne ? other : one);
            outlet.send(datagrams);
            datagrams.setCount(0);
        }
    }
}
