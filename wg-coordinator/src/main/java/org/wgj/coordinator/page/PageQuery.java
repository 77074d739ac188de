// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.status.NodeState;
import org.wgj.protocol.IpText;

import java.net.InetAddress;
import java.util.Locale;
import java.util.Map;

/**
 * A caller's choice of the state to show.
 *
 * @param find shows only nodes whose name, id, address or version contains this; empty for all
 * @param plane shows only the matrix of this plane; empty for all planes
 */
record PageQuery(String find, String plane) {
    static final String FIND = "find";
    static final String PLANE = "plane";
    static final PageQuery ALL = new PageQuery("", "");

    /** The longest text to look for; the rest is not looked at. */
    static final int MAX_FIND = 64;

    static PageQuery of(Map<String, String> fields) {
        String find = fields.getOrDefault(FIND, "").strip();
        String cut = find.substring(0, Math.min(find.length(), MAX_FIND));
        return new PageQuery(cut.toLowerCase(Locale.ROOT), fields.getOrDefault(PLANE, ""));
    }

    boolean isFiltered() {
        return !find.isEmpty();
    }

    boolean fits(NodeState node) {
        if (!isFiltered()
                || contains(node.name())
                || find.equals(Long.toString(node.id()))
                || contains(node.version())) {
            return true;
        }
        for (InetAddress address : node.addresses()) {
            if (contains(IpText.format(address))) {
                return true;
            }
        }
        return false;
    }

    boolean fits(Trouble trouble) {
        return fits(trouble.from()) || fits(trouble.to());
    }

    private boolean contains(String text) {
        return text.toLowerCase(Locale.ROOT).contains(find);
    }
}
