// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Command;
import org.wgj.lab.Host;

/**
 * A rootless container: a user without any right on the host is root of a user namespace, whose
 * capabilities count for what belongs to that namespace only.
 */
@Tag("root")
class RootlessTest {
    @RegisterExtension static final Lab lab = new Lab();

    /** Two machines in one user namespace: the one it starts with, and "b". */
    private static final String SCRIPT =
            """
            set -eu
            mount --bind /run/opt /mnt
            PATH=/mnt/bin:$PATH
            mount -t tmpfs tmpfs /run
            [ -L /var/run ] || mount --bind /run /var/run
            mkdir -m 700 /run/netns /run/test
            cd /run/test
            ip netns add b
            ip link set lo up
            ip link add eth0 type veth peer name eth0 netns b
            ip address add 10.1.0.1/24 dev eth0
            ip -n b address add 10.1.0.2/24 dev eth0
            ip link set eth0 up
            ip -n b link set eth0 up
            ip -n b link set lo up

            wg genkey >a.key
            wg genkey >b.key
            cat >wga.conf <<END
            [Interface]
            PrivateKey = $(cat a.key)
            Address = 10.7.0.1/24, fd07::1/64
            PostUp = touch /run/test/hook

            [Peer]
            PublicKey = $(wg pubkey <b.key)
            Endpoint = 10.1.0.2:53
            AllowedIPs = 0.0.0.0/0, ::/0
            END
            cat >wgb.conf <<END
            [Interface]
            PrivateKey = $(cat b.key)
            Address = 10.7.0.2/24, fd07::2/64
            ListenPort = 53

            [Peer]
            PublicKey = $(wg pubkey <a.key)
            AllowedIPs = 10.7.0.1/32, fd07::1/128
            END
            before=$(nft list ruleset; ip rule; ip -6 rule; ip -o link)

            LOG_LEVEL=verbose ip netns exec b wgj run ./wgb.conf </dev/null >run.log 2>&1 &
            wgj up ./wga.conf
            test -e hook
            until ip -n b -br address show up wgb 2>/dev/null | grep -q fd07::2; do sleep 0.1; done
            ping -c 2 -W 5 10.7.0.2
            ping -c 2 -W 5 fd07::2
            test "$(wgj show all latest-handshakes | grep -v -c '\\b0$')" = 2
            ip -4 rule | grep 'fwmark 0xca6c'
            ip -6 rule | grep 'fwmark 0xca6c'
            nft list ruleset | grep 'table ip6 wg-quick-wga'
            wgj set wga listen-port 54 fwmark 77 private-key a.key
            ping -c 2 -W 5 10.7.0.2
            wgj save ./wga.conf
            wgj down ./wga.conf
            kill %1
            wait %1 || test $? = 143
            test "$before" = "$(nft list ruleset; ip rule; ip -6 rule; ip -o link)"
            cat run.log
            echo whole
            """;

    @Test
    void everythingWorksInAUserNamespace() {
        Host host = lab.host("host");
        OpenCopy.of(host);
        String script = host.file("script", SCRIPT);
        host.sh("chmod 644 %s", script);
        Command.Result result =
                host.run(
                        Command.DEADLINE.multipliedBy(3),
                        "setpriv --reuid 1000 --regid 1000 --clear-groups --inh-caps=-all"
                                + " unshare --user --map-root-user --net --mount bash "
                                + script);
        assertEquals(0, result.exit(), result::toString);
        assertTrue(result.out().endsWith("whole\n"), result::toString);
        assertFalse(result.text().contains("not permitted"), result::toString);
    }
}
