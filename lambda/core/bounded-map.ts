/** A map with a maximum size, for caches of warm functions. When it is full, the entry that was set longest ago is deleted. */
export class BoundedMap<V> {
  private readonly values = new Map<string, V>();

  public constructor(private readonly capacity: number) {}

  public get(key: string): V | undefined {
    return this.values.get(key);
  }

  public delete(key: string): void {
    this.values.delete(key);
  }

  public set(key: string, value: V): void {
    this.values.delete(key);
    this.values.set(key, value);
    for (const oldest of this.values.keys()) {
      if (this.values.size <= this.capacity) break;
      this.values.delete(oldest);
    }
  }
}
