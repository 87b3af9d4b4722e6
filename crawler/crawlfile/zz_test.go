package crawlfile
import ("testing";"context";"path/filepath";"time";"fmt";"syscall")
func zcpu() time.Duration { var u syscall.Rusage; syscall.Getrusage(0,&u); return time.Duration(u.Utime.Nano()+u.Stime.Nano())}
func TestZZ(t *testing.T){
 for i:=range 6 {
  t0,c0:=time.Now(),zcpu()
  f,err:=Create(context.Background(), filepath.Join(t.TempDir(),fmt.Sprint(i,".db")), Info{Created:time.Now(),Seeds:[]string{"http://x.test/"}})
  if err!=nil{t.Fatal(err)}
  t1,c1:=time.Now(),zcpu()
  f.Close()
  fmt.Println("create",t1.Sub(t0),c1-c0,"close",time.Since(t1),zcpu()-c1)
 }
}
