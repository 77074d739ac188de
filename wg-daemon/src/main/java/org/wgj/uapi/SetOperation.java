// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.crypto.PublicKey;
import org.wgj.tunnel.TunnelEditor;
import org.wgj.tunnel.TunnelEditor.PeerEditor;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Applies the commands of one set request in order. They come in one or more pieces, and each piece
 * is one change of the tunnel. Between pieces this keeps only the key of the current peer: if
 * another request removes the peer meanwhile, the rest of its section must not create it again.
 *
 * <pre>
 *              public_key             a key, or the end             remove, update_only of a new
 *   (device) ------------> SELECTED -------------------> EDITED -----------------------> IGNORED
 *                              |                            | gone between two pieces       ^
 *                              +----------------------------+-------------------------------+
 * </pre>
 *
 * A peer is created when a line of its section needs it. So {@code remove} and {@code update_only}
 * of an unknown peer create none; wireguard-go creates and removes it.
 *
 * <p>Created by a session; used on the tunnel's thread, by one change after the other.
 */
final class SetOperation {
    private enum Section {
        DEVICE,
        SELECTED,
        EDITED,
        IGNORED
    }

    private Section section = Section.DEVICE;
    private PublicKey key;
    private boolean created;
    private PeerEditor peer; // during one change only

    /**
     * @param last whether the request ends here
     */
    void apply(TunnelEditor editor, List<SetCommand> commands, boolean last) throws IOException {
        // As wireguard-go and the kernel: wg passes one list of peers to all of its hosts, of which
        // each is one.
        editor.acceptMistakes();
        if (section == Section.EDITED) {
            Optional<PeerEditor> again = editor.peer(key);
            again.ifPresentOrElse(found -> peer = found, () -> section = Section.IGNORED);
        }
        try {
            for (SetCommand command : commands) {
                apply(editor, command);
            }
            if (last) {
                edit(editor);
            }
        } finally {
            peer = null;
        }
    }

    private void apply(TunnelEditor editor, SetCommand command) throws IOException {
        switch (command) {
            case SetCommand.PrivateKey(var keyOrNull) -> editor.privateKey(keyOrNull);
            case SetCommand.ListenPort(int port) -> editor.listenPort(port);
            case SetCommand.Fwmark(int mark) -> editor.fwmark(mark);
            case SetCommand.ReplacePeers() -> editor.removePeers();
            case SetCommand.SelectPeer(var selected) -> {
                edit(editor); // the previous section may have had no line but its key
                key = selected;
                section = Section.SELECTED;
            }
            case SetCommand.OfPeer ofPeer -> {
                if (section != Section.IGNORED) {
                    applyToPeer(editor, ofPeer);
                }
            }
        }
    }

    private void applyToPeer(TunnelEditor editor, SetCommand.OfPeer command) {
        switch (command) {
            case SetCommand.Remove() -> ignoreFromHere(editor);
            case SetCommand.UpdateOnly() -> {
                if (section == Section.SELECTED ? editor.peer(key).isEmpty() : created) {
                    ignoreFromHere(editor);
                }
            }
            case SetCommand.Preshared(var presharedKey) -> edit(editor).presharedKey(presharedKey);
            case SetCommand.Endpoint(var address) -> edit(editor).endpoint(address);
            case SetCommand.PersistentKeepalive(int seconds) ->
                    edit(editor).persistentKeepalive(seconds);
            case SetCommand.ReplaceAllowedIps() -> edit(editor).removeAllowedIps();
            case SetCommand.AddAllowedIp(var range) -> edit(editor).allowedIp(range);
            case SetCommand.RemoveAllowedIp(var range) -> edit(editor).removeAllowedIp(range);
            case SetCommand.ProtocolVersion() -> {} // only version 1 exists
        }
    }

    private void ignoreFromHere(TunnelEditor editor) {
        editor.removePeer(key);
        section = Section.IGNORED;
        peer = null;
    }

    /** Returns the peer of this section and creates it if necessary. */
    private PeerEditor edit(TunnelEditor editor) {
        if (section == Section.SELECTED) {
            created = editor.peer(key).isEmpty();
            peer = editor.addPeer(key);
            section = Section.EDITED;
        }
        return peer;
    }
}
