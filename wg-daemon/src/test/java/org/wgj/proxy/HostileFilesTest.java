// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PrivateKey;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;

/** A file that is cut or changed is read or refused, and never fails in another way. */
class HostileFilesTest {
    private static final String KEY = PrivateKey.generate().toBase64();

    private static final byte[] FILE =
            """
            WGConfigs = x
            [Interface]
            Address = 10.0.0.2/24, fd00::2
            PrivateKey = %s
            DNS = 10.0.0.1, corp
            MTU = 1420
            CheckAlive = 10.0.0.1
            [Peer]
            PublicKey = %s
            PresharedKey = %s
            Endpoint = [2001:db8::1]:51820
            AllowedIPs = 0.0.0.0/0, ::/0
            PersistentKeepalive = 25
            [Socks5]
            BindAddress = "127.0.0.1:1080"
            Username = `a b`
            Password = $PW
            [http]
            BindAddress = :8080 # comment
            [UDPProxyTunnel]
            BindAddress = 127.0.0.1:53
            Target = a.example:53
            InactivityTimeout = 60
            [Resolve]
            ResolveStrategy = ipv4
            [TCP]
            CongestionControl = newreno
            MaxBuffer = 1M
            UserTimeout = 60
            """
                    .formatted(KEY, PrivateKey.generate().publicKey().toBase64(), KEY)
                    .getBytes(StandardCharsets.UTF_8);

    private static void read(byte[] bytes) {
        try {
            ProxyFile.parse("p.conf", bytes, Map.of("PW", "x")).wipe();
        } catch (IOException e) {
            assertFalse(e.getMessage().contains(KEY.substring(4, 20)), e.getMessage());
        }
    }

    @Test
    void aFileCutAnywhereIsReadOrRefused() {
        for (int length = 0; length <= FILE.length; length++) {
            byte[] cut = new byte[length];
            System.arraycopy(FILE, 0, cut, 0, length);
            read(cut);
        }
    }

    @Test
    void aFileWithChangedBytesIsReadOrRefused() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        try {
            for (int round = 0; round < 3_000; round++) {
                byte[] changed = FILE.clone();
                for (int i = random.nextInt(4); i >= 0; i--) {
                    int at = random.nextInt(changed.length);
                    changed[at] =
                            (byte)
                                    switch (random.nextInt(3)) {
                                        case 0 -> random.nextInt(256);
                                        case 1 -> "\n=[]:;#\"'`$,/\\ ".charAt(random.nextInt(15));
                                        default -> FILE[random.nextInt(FILE.length)];
                                    };
                }
                read(changed);
            }
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + seed, e);
        }
    }
}
