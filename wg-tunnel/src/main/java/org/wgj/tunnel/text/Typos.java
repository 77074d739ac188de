// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.text;

/** Counts the typing errors in a word, to guess what was meant. */
public final class Typos {
    private Typos() {}

    /**
     * Returns how many letters must be inserted, removed, changed or swapped with their neighbour
     * to turn one word into the other (the distance of "optimal string alignment"). It takes time
     * and memory in proportion to the product of their lengths.
     *
     * @param a a word
     * @param b another one
     * @return 0 if they are equal
     */
    public static int between(String a, String b) {
        int[][] typos = new int[a.length() + 1][b.length() + 1]; // between their beginnings
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    typos[i][j] = i + j;
                    continue;
                }
                int changed = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                int least = Math.min(typos[i - 1][j], typos[i][j - 1]) + 1;
                least = Math.min(least, typos[i - 1][j - 1] + changed);
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    least = Math.min(least, typos[i - 2][j - 2] + 1);
                }
                typos[i][j] = least;
            }
        }
        return typos[a.length()][b.length()];
    }
}
