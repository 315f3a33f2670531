/** Records that are linked through a word of their own, from a word that holds the first of them: 0 = none. */
export class Chain {
  /** Takes the record at `p` out, if it is there. Its own link stays. @param head usize → usize of the first; @param link offset of the link in a record */
  @inline static remove(head: usize, p: usize, link: usize): void {
    for (let q = load<usize>(head); q; q = load<usize>(head)) {
      if (q == p) {
        store<usize>(head, load<usize>(p + link));
        return;
      }
      head = q + link;
    }
  }
}
