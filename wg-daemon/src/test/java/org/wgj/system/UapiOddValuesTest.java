// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;

import java.util.ArrayList;
import java.util.List;

/** Requests that wg never sends get the replies that they get from wireguard-go. */
@Tag("root")
@Timeout(120)
class UapiOddValuesTest {
    private static final String KEY = "a1".repeat(32);
    private static final String PEER = "public_key=" + KEY + "\n";

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void oddRequestsAreAnsweredAsByWireguardGo() {
        Host host = lab.host("host");
        lab.daemon(host, Implementation.WGJ, "wg0");
        lab.daemon(host, Implementation.WIREGUARD_GO, "wg1");
        for (String request : requests()) {
            assertEquals(
                    Uapi.exchange(host, "wg1", request),
                    Uapi.exchange(host, "wg0", request),
                    request);
        }
    }

    private static List<String> requests() {
        List<String> requests =
                new ArrayList<>(
                        List.of(
                                "get=1\nx\n\n",
                                "get=1\nlisten_port=1\n\n",
                                "get=2\n\n",
                                "GET=1\n\n",
                                "get=1 \n\n",
                                "set=2\n\n",
                                "set=1\n\n",
                                "\n\n"));
        List<String> lines = new ArrayList<>(List.of("foo=1", "=1", "foo", "replace_peers=True"));
        for (String number :
                List.of("", "00", "01", "-1", "+1", " 1", "1 ", "0x1", "1_0", "4294967296")) {
            lines.add("fwmark=" + number);
            lines.add("listen_port=" + number);
            lines.add(PEER + "persistent_keepalive_interval=" + number);
            lines.add(PEER + "allowed_ip=1.2.3.0/" + number);
            lines.add(PEER + "allowed_ip=-fd00::/" + number);
            lines.add(PEER + "endpoint=1.2.3.4:" + number);
            lines.add(PEER + "protocol_version=" + number);
        }
        for (String range :
                List.of(
                        "1.2.3.0/024",
                        "1.2.3.0/33",
                        "1.2.3.0",
                        "01.2.3.0/24",
                        "1.2.3/24",
                        "+1.2.3.0/24",
                        "--1.2.3.0/24",
                        "1.2.3.0/255.255.255.0",
                        "FD00::/064",
                        "[fd00::]/64",
                        "fe80::1%lo/64",
                        "::ffff:1.2.3.4/128",
                        "fd00::1.2.3.4/128",
                        "00fd::/16")) {
            lines.add(PEER + "allowed_ip=" + range);
        }
        for (String endpoint :
                List.of(
                        "1.2.3.4",
                        "01.2.3.4:1",
                        "::1:1",
                        "[::1]",
                        "[1.2.3.4]:1",
                        "[::ffff:1.2.3.4]:01",
                        "[fe80::1%]:1",
                        "[fe80::1%lo]:1",
                        "host:1",
                        "1.2.3.4:domain")) {
            lines.add(PEER + "endpoint=" + endpoint);
        }
        for (String key : List.of("", KEY.substring(2), KEY + "a1", " " + KEY, "g" + KEY)) {
            lines.add("private_key=" + key);
            lines.add("public_key=" + key);
            lines.add(PEER + "preshared_key=" + key);
        }
        for (String key : List.of("update_only", "remove", "replace_allowed_ips")) {
            lines.add(PEER + key + "=false");
            lines.add(PEER + key + "=1");
        }
        lines.forEach(line -> requests.add("set=1\n" + line + "\n\n"));
        return requests;
    }
}
